"""The only words that both processes know: requests, messages and their framing."""
