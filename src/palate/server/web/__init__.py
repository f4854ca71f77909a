"""What all pages share: frame, style, security headers, error pages."""
