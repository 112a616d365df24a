"""The screens of leads, segments and scores."""
