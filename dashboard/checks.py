"""System checks: contradictory or unsafe settings, each with what to set instead."""
