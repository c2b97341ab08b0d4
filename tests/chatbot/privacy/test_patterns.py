"""What has the form of personal data is found, and what only looks like it stays."""

import pytest

from chatbot.privacy.masking import for_training


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to Jo.Doe+x@mail.example.com, please", "write to [email], please"),
        ("IBAN DE89 3704 0044 0532 0130 00 it is", "IBAN [iban] it is"),
        ("IBAN DE89 3704 0044 0532 0130 01", "IBAN DE89 3704 0044 0532 0130 01"),
        ("card 4111-1111-1111-1111.", "card [card]."),
        ("order 4111-1111-1111-1112", "order 4111-1111-1111-1112"),
        ("身份证11010519491231002X号", "身份证[id]号"),
        ("电话13812345678。", "电话[phone]。"),
        ("call (555) 123-4567 or +49 30 901820", "call [phone] or [phone]"),
        ("from 192.168.1.20 with version 1.2.3.4.5", "from [ip] with version 1.2.3.4.5"),
        ("999.1.1.1", "999.1.1.1"),
        ("on 2024-05-17 for 1299.00 EUR, order 20240517", "on 2024-05-17 for 1299.00 EUR, order 20240517"),
        ("tag\U000e0041 and\u0007 bell", "tag and bell"),
    ],
)
def test_personal_data_is_named_in_its_place(text, masked):
    assert for_training(text) == masked
