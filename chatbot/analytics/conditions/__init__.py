"""What has to hold for a row to be counted: read by the counting and by what is behind a figure."""
