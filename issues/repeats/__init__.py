"""Cases that come twice: how like two are, candidates while somebody types, and groups about one thing."""
