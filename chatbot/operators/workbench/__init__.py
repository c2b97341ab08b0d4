"""Where those who write the knowledge see how answers come about.

*Try it* asks as a visitor would and stores nothing; *Answers* shows the same of every answer that was given;
*Unanswered* gathers what visitors asked in vain. `streaming.py` lets an answer be written for a page, for
this and for the playground of prompts; `shown.py` is what all these pages show of it.
"""
