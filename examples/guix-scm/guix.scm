;; SPDX-License-Identifier: GPL-3.0-or-later
(use-modules (guix packages)
             (guix gexp)
             (guix build-system pyproject)
             ((guix licenses) #:prefix license:)
             (gnu packages python-xyz))

(package
  (name "hardy-weinberg")
  (version "1.0")
  (source (local-file "." "hardy-weinberg-checkout" #:recursive? #t))
  (build-system pyproject-build-system)
  (propagated-inputs (list python-numpy))
  (home-page "https://genenetwork.org")
  (synopsis "Are the genotypes in balance?")
  (description "A notebook that compares genotypes with what random mating would give.")
  (license license:gpl3+))
