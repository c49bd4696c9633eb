"""``python -m demo_shop.pictures FOLDER``: draw the pictures of all goods under FOLDER."""

import sys
from pathlib import Path

from demo_shop.catalogue.goods import read_goods
from demo_shop.pictures.studio import draw_goods

if __name__ == "__main__":
    for _ in draw_goods(read_goods(), Path(sys.argv[1])):
        pass
