"""`batchline demo`: a sample shop against the sandbox, and a closing account that must add up."""
