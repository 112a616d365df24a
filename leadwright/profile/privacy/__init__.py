"""What people allowed and what they may ask: consent and its wordings, suppressions, export, erasure, retention."""
