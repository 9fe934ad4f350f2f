"""eSputnik (Yespo)."""
