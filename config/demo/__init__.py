"""The fictional demo district 青岭区: corpus modules, which need no Django, and the builder that makes rows of them."""
