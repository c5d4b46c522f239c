AUTHOR = 'Hanako'
PATH = 'content'
TIMEZONE = 'Asia/Tokyo'
DEFAULT_LANG = 'en'
ARTICLE_URL = '{date:%Y}/{date:%m}/{slug}/'
ARTICLE_SAVE_AS = ARTICLE_URL + 'index.html'
import os
X = os.environ
