"""What a prompt says: its grammar with positions, weights, schedules, wildcards and styles. No Qt, no torch."""
