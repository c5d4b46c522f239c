SITENAME = "Names"
FILENAME_METADATA = "(?P<slug>.*)"
ARTICLE_URL = "{category}/{slug}.html"
