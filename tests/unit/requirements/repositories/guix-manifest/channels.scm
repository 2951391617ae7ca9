%default-channels
