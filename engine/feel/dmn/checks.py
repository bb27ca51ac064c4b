from engine.base.errors import Cause
def check_dmn(files, known=None):
    return []
