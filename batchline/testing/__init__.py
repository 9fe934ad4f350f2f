"""What others test their side with: `conformance` for systems of their own."""
