library(sqlhelp)
con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
