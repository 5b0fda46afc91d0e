"""The setup of a campaign, step by step: the same forms edit it later."""
