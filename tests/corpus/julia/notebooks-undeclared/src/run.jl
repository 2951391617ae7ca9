push!(LOAD_PATH, @__DIR__)
using Distributed
addprocs(2)
@everywhere using Training, ArgParse
