"""The page of one case: what it shows, what stands on paper, who else has it open, what came too late."""
