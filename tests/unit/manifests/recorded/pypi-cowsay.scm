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

