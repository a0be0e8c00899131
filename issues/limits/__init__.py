"""The limits of a case on the clock engine: started and held by the verbs, and what a change of level means."""
