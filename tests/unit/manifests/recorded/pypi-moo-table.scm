(define-public python-cowsay
  (package
    (name "python-cowsay")
    (version "6.0")
    (source
     (origin
       (method git-fetch)
       (uri (git-reference
             (url "https://github.com/VaasuDevanS/cowsay-python")
             (commit (string-append "v" version))))
       (file-name (git-file-name name version))
       (sha256
        (base32 "1k2ypsv4npzsvcn2mwb8v3shkrfsl7hyp1c5fhbbkhfrpcb4xvvj"))))
    (build-system pyproject-build-system)
    (native-inputs (list python-setuptools python-wheel))
    (home-page "https://github.com/VaasuDevanS/cowsay-python")
    (synopsis "The famous cowsay for GNU/Linux is now available for python")
    (description
     "The famous cowsay for GNU/Linux is now available for python.")
    (license #f)))

(define-public python-moo-table
  (package
    (name "python-moo-table")
    (version "1.0")
    (source
     (origin
       (method url-fetch)
       (uri (pypi-uri "moo_table" version))
       (sha256
        (base32 "038sf6p64r86g0fik3pmbi27hl5l53s45zsxx7ykkg9akqylzcrq"))))
    (build-system pyproject-build-system)
    (propagated-inputs (list python-cowsay python-numpy))
    (native-inputs (list python-setuptools python-wheel))
    (home-page "https://example.org/moo-table")
    (synopsis
     "Tables that say \"moo\"; -*- coding: latin-1 -*- \\ (define x #;) |#")
    (description
     "Tables that say \"moo\"; -*- coding: latin-1 -*- \\ (define x #;) |#.")
    (license #f)))

