"""The tab that explains an answer step by step."""
