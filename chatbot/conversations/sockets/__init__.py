"""What every socket over a conversation needs: news by number, a window, close codes, limits."""
