"""The filter language that the command line, addresses and pages share."""
