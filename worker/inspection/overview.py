def read(store, settings):
    return None
