"""Posts that were broken by chance, through whole scans and builds."""
