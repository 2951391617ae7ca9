;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (tests versions)
  #:use-module (binder-lite versions)
  #:use-module (guix channels)
  #:use-module (guix config)
  #:use-module (guix utils)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-64)
  #:export (versions-tests))

(define (versions-tests)
  (test-equal "version and system"
    (list %guix-version (%current-system))
    (let ((answer (versions)))
      (list (assoc-ref answer "guix") (assoc-ref answer "system"))))

  (test-assert "profile, or none for a Guix that was not pulled"
    (let ((profile (assoc-ref (versions) "profile")))
      (or (eq? 'null profile)
          (file-exists? (string-append profile "/bin/guix")))))

  (test-equal "channel with an introduction"
    '(("name" . "guix")
      ("url" . "https://example.org/guix.git")
      ("branch" . "master")
      ("commit" . null)
      ("introduction"
       ("commit" . "9edb3f66fd807b096b48283debdcddccfea34bad")
       ("signer" . "BBB0 2DDF 2CEA F6A8 0D1D  E643 A2A0 6DF2 A33A 54FA")))
    (channel->json (channel
                    (inherit (first %default-channels))
                    (url "https://example.org/guix.git"))))

  (test-equal "channel without one"
    '(("name" . "mine")
      ("url" . "https://example.org/mine.git")
      ("branch" . "main")
      ("commit" . "cabba9e")
      ("introduction" . null))
    (channel->json (channel
                    (name 'mine)
                    (url "https://example.org/mine.git")
                    (branch "main")
                    (commit "cabba9e")))))
