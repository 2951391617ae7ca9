(define-public python-outdated
  (package
    (name "python-outdated")
    (version "0.2.2")
    (source
     (origin
       (method url-fetch)
       (uri (pypi-uri "outdated" version))
       (sha256
        (base32 "0w5rb0qg8anflvrpr45xzzjy8dah9py8bm4ns0h12w9niv4dwzsb"))))
    (build-system pyproject-build-system)
    (propagated-inputs (list python-littleutils python-requests
                             python-setuptools))
    (native-inputs (list python-setuptools python-setuptools-scm python-wheel))
    (home-page "https://example.org/outdated")
    (synopsis "Check if a version of a PyPI package is outdated")
    (description "Check if a version of a @code{PyPI} package is outdated.")
    (license license:expat)))

