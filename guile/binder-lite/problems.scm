;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; What went wrong, as data: a problem has a stable code, a sentence for
;;; people, a hint, and details.  How exceptions become problems is told in
;;; (binder-lite errors).
;;;
;;; Code:

(define-module (binder-lite problems)
  #:use-module ((guix diagnostics) #:select (&error-location
                                             &fix-hint
                                             location
                                             location-column
                                             location-file
                                             location-line))
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-9)
  #:use-module (srfi srfi-35)
  #:export (problem
            problem?
            problem-code
            problem-message
            problem-hint
            problem-details
            problem-detail
            problem-location
            problem-at
            location->details

            problem->json
            raise-problem))

(define-record-type <problem>
  (make-problem code message hint details)
  problem?
  (code    problem-code)                 ;string, stable
  (message problem-message)              ;string, a sentence
  (hint    problem-hint)                 ;string | #f
  (details problem-details))             ;alist, as guile-json has it

(define* (problem code message #:key hint (details '()))
  "Return the problem of the given CODE.  DETAILS is an alist of strings and
JSON values; those that are #f are not known and left out."
  (make-problem code message hint
                (filter cdr details)))

(define (problem-detail problem name)
  "Return what PROBLEM's detail called NAME is, or #f."
  (assoc-ref (problem-details problem) name))

(define (problem-location problem)
  "Return PROBLEM's location as it was given when it was made, or #f."
  (location (problem-detail problem "file")
            (problem-detail problem "line")
            (problem-detail problem "column")))

(define (problem-at problem file line column)
  "Return PROBLEM with another place; all of it may be #f, for not known."
  (make-problem (problem-code problem)
                (problem-message problem)
                (problem-hint problem)
                `(("file" . ,(or file 'null))
                  ("line" . ,(or line 'null))
                  ("column" . ,(or column 'null))
                  ,@(remove (match-lambda
                              ((name . _)
                               (member name '("file" "line" "column"))))
                            (problem-details problem)))))

(define (location->details location)
  "Return LOCATION, which may be #f, as details of a problem.  Lines start at 1
and columns at 0, as everywhere in Guix."
  (if location
      `(("file" . ,(location-file location))
        ("line" . ,(location-line location))
        ("column" . ,(location-column location)))
      '()))

(define (problem->json problem)
  "Return PROBLEM as guile-json wants it."
  `(("code" . ,(problem-code problem))
    ("message" . ,(problem-message problem))
    ("hint" . ,(or (problem-hint problem) 'null))
    ,@(problem-details problem)))

(define (raise-problem problem)
  "Raise PROBLEM as the kind of condition that 'guix' commands report."
  (raise-exception
   (apply make-compound-condition
          (condition (&message (message (problem-message problem))))
          (append (match (problem-location problem)
                    (#f '())
                    (location
                     (list (condition (&error-location (location location))))))
                  (match (problem-hint problem)
                    (#f '())
                    (hint (list (condition (&fix-hint (hint hint))))))))))
