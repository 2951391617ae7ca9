# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package of PyPI a module comes from, where the two are not named alike. Data only.

A module stands here when installing the package of its own name would fail, or would install
something else. A dotted name wins over what it begins with.
"""

from __future__ import annotations

PACKAGE_OF_MODULE = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "Cython": "cython",
    "IPython": "ipython",
    "Levenshtein": "levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenGL": "pyopengl",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "PyPDF2": "pypdf2",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cairo": "pycairo",
    "community": "python-louvain",
    "cpuinfo": "py-cpuinfo",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "ee": "earthengine-api",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "gi": "pygobject",
    "git": "gitpython",
    "github": "pygithub",
    "gitlab": "python-gitlab",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.storage": "google-cloud-storage",
    "google.generativeai": "google-generativeai",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "grpc": "grpcio",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "mpl_toolkits.basemap": "basemap",
    "mpl_toolkits": "matplotlib",
    "multipart": "python-multipart",
    "nacl": "pynacl",
    "past": "future",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skbio": "scikit-bio",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sklearn_extra": "scikit-learn-extra",
    "skopt": "scikit-optimize",
    "slugify": "python-slugify",
    "snappy": "python-snappy",
    "socketio": "python-socketio",
    "sksparse": "scikit-sparse",
    "sql": "jupysql",
    "talib": "ta-lib",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "wx": "wxpython",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}

_ELSEWHERE = "it is part of another program, not a package of PyPI"
_PLATFORM = "it exists on another operating system only"

# What nobody should fetch from PyPI by the module's name.
NOT_ON_PYPI = {
    "ROOT": _ELSEWHERE,
    "arcpy": _ELSEWHERE,
    "bpy": _ELSEWHERE,
    "dolfin": _ELSEWHERE,
    "dolfinx": _ELSEWHERE,
    "fenics": _ELSEWHERE,
    "firedrake": _ELSEWHERE,
    "google.colab": "it exists in Google Colab only",
    "graph_tool": _ELSEWHERE,
    "kaggle_secrets": "it exists on Kaggle only",
    "maya": _ELSEWHERE,
    "osgeo": "PyPI's gdal builds only where GDAL itself is installed",
    "ogr": "PyPI's gdal builds only where GDAL itself is installed",
    "gdal": "PyPI's gdal builds only where GDAL itself is installed",
    "qgis": _ELSEWHERE,
    "sage": _ELSEWHERE,
    "paraview": _ELSEWHERE,
    "pythoncom": _PLATFORM,
    "win32api": _PLATFORM,
    "win32com": _PLATFORM,
    "win32con": _PLATFORM,
    "win32gui": _PLATFORM,
    "winsound": _PLATFORM,
}

# Python 2's standard library: what imports these was not written for Python 3.
PYTHON_2 = frozenset({
    "BaseHTTPServer", "ConfigParser", "HTMLParser", "Queue", "SimpleHTTPServer", "SocketServer",
    "StringIO", "Tkinter", "__builtin__", "cPickle", "cStringIO", "commands", "cookielib",
    "httplib", "md5", "sets", "sha", "tkFileDialog", "tkMessageBox", "urllib2", "urlparse",
})  # fmt: skip

# In every standard library that a repository may have been written for, also where ours has
# dropped it since.
FORMER_STANDARD_LIBRARY = frozenset({
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils",
    "formatter", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev",
    "parser", "pipes", "smtpd", "sndhdr", "spwd", "sunau", "symbol", "telnetlib", "uu", "xdrlib",
})  # fmt: skip
