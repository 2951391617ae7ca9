import requests
try:
    import cupy
except ImportError:
    cupy = None
