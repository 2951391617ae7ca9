list.of.packages <- c("forecast", "fable", "tsibble", "feasts", "prophet", "reticulate", "zoo",
                      "xts", "urca", "tseries")
new.packages <- list.of.packages[!(list.of.packages %in% installed.packages()[, "Package"])]
if (length(new.packages)) install.packages(new.packages)
