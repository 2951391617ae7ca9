# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that Julia code may use without any package: what is built in, and what comes with Julia.

Data only. The standard library is that of Julia 1.8 to 1.11, with the binary libraries that are
part of it; a name that was an ordinary package in one of these is not listed.
"""

from __future__ import annotations

PART_OF_JULIA = "it is part of Julia"

BUILT_IN = frozenset({"Base", "Core", "Main"})

STANDARD_LIBRARY = frozenset({
    "ArgTools", "Artifacts", "Base64", "CRC32c", "CompilerSupportLibraries_jll", "Dates",
    "DelimitedFiles", "Distributed", "Downloads", "FileWatching", "Future", "GMP_jll",
    "InteractiveUtils", "LLD_jll", "LLVMLibUnwind_jll", "LazyArtifacts", "LibCURL", "LibCURL_jll",
    "LibGit2", "LibGit2_jll", "LibSSH2_jll", "LibUV_jll", "LibUnwind_jll", "Libdl",
    "LinearAlgebra", "Logging", "MPFR_jll", "Markdown", "MbedTLS_jll", "Mmap",
    "MozillaCACerts_jll", "NetworkOptions", "OpenBLAS_jll", "OpenLibm_jll", "PCRE2_jll", "Pkg",
    "Printf", "Profile", "REPL", "Random", "SHA", "Serialization", "SharedArrays", "Sockets",
    "SparseArrays", "Statistics", "StyledStrings", "SuiteSparse", "SuiteSparse_jll", "TOML", "Tar",
    "Test", "UUIDs", "Unicode", "Zlib_jll", "dSFMT_jll", "libLLVM_jll", "libblastrampoline_jll",
    "nghttp2_jll", "p7zip_jll",
})  # fmt: skip
