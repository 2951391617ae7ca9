import os
from setuptools import setup

open('this file is never executed', 'w')
setup(name='Old.Project', python_requires='>=3.8', install_requires=['numpy', 'six>=1.10'])
