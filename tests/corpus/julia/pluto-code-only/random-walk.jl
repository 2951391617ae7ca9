### A Pluto.jl notebook ###
# v0.12.21

using Markdown
using InteractiveUtils

# ╔═╡ 5f1c5a10-aaaa-11eb-0001-6b4ad3cb1e01
begin
	import Pkg
	Pkg.activate(mktempdir())
	Pkg.add([
		Pkg.PackageSpec(name="Plots", version="1"),
		Pkg.PackageSpec(name="PlutoUI", version="0.7"),
	])
	using Plots, PlutoUI, LinearAlgebra
end

# ╔═╡ 5f1c5a10-aaaa-11eb-0002-6b4ad3cb1e02
#=╠═╡
using Disabled
  ╠═╡ =#

# ╔═╡ 5f1c5a10-aaaa-11eb-0003-6b4ad3cb1e03
using Distributions: Normal

# ╔═╡ Cell order:
# ╠═5f1c5a10-aaaa-11eb-0001-6b4ad3cb1e01
# ╠═5f1c5a10-aaaa-11eb-0003-6b4ad3cb1e03
