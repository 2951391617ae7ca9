;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Exceptions that somebody else's Guile file has raised become problems here,
;;; put into words in the way of (guix ui), which prints them and exits instead.
;;; Catching them, and finding their place, is left to (binder-lite evaluation).
;;;
;;; Code:

(define-module (binder-lite errors)
  #:autoload   (binder-lite missing) (missing-module
                                      unbound-variable
                                      unknown-output
                                      unknown-package)
  #:use-module (binder-lite problems)
  #:use-module ((guix diagnostics) #:hide (warning info report-error leave))
  #:use-module (guix store)
  #:use-module ((guix ui) #:select (call-with-error-handling texi->plain-text))
  #:use-module (ice-9 exceptions)
  #:use-module ((ice-9 format) #:select (format))
  #:use-module (ice-9 match)
  #:use-module (ice-9 regex)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-26)
  #:export (exception->problem
            diagnostics->lines))


;;;
;;; What Guix printed.
;;;

(define %diagnostic-rx
  ;; An optional location or program's name, and the kind of diagnostic, which
  ;; is not there for notes.
  (make-regexp "^((/?[^ :]+:[0-9]+:[0-9]+|guix [a-z-]+): )?\
((warning|error): )?(.*)$"))

(define (diagnostics->lines text kind)
  "Return the messages of KIND, 'error, or 'warning for all others, in TEXT,
which was written to Guix's warning port in English."
  (filter-map (lambda (line)
                (match (regexp-exec %diagnostic-rx line)
                  (#f #f)
                  (found
                   (let ((error?  (equal? (match:substring found 4) "error"))
                         (message (match:substring found 5)))
                     (and (eq? error? (eq? kind 'error))
                          (not (string-null? message))
                          message)))))
              (string-split text #\newline)))

(define %left-rx
  ;; What (gnu packages) says before it exits, and the problem that it means.
  (map (match-lambda
         ((regexp . proc) (cons (make-regexp regexp) proc)))
       `(("^([^ ]+): unknown package$"
          . ,(lambda (name)
               (unknown-package name #f)))
         ("^([^ ]+): package not found for version (.*)$"
          . ,(lambda (name version)
               (unknown-package name version)))
         ("^package `([^']+)' lacks output `([^']*)'$"
          . ,(lambda (name output)
               (unknown-output name output))))))

(define (left->problem message)
  "Return the problem that MESSAGE, given by 'leave', is about, or #f."
  (any (match-lambda
         ((regexp . proc)
          (and=> (regexp-exec regexp message)
                 (lambda (found)
                   (apply proc
                          (map (cut match:substring found <>)
                               (iota (1- (match:count found)) 1)))))))
       %left-rx))

;;;
;;; What was raised.
;;;

(define (exception->problem exception diagnostics)
  "Return the problem that EXCEPTION is.  DIAGNOSTICS is what Guix had printed
by then.  Its place is known where the exception tells it."
  (cond ((store-connection-error? exception)
         (needs-daemon exception))
        ((quit-exception? exception)
         (quit-problem exception diagnostics))
        ((and (formatted-message? exception)
              (string-prefix? "module ~a not found" ;(gnu) try-use-modules
                              (formatted-message-string exception)))
         (missing-module (first (formatted-message-arguments exception))
                         #:hint (fix-hint exception)
                         #:location (exception-location exception)))
        ((and (exception? exception)
              (exception-with-kind-and-args? exception))
         (thrown->problem (exception-kind exception)
                          (exception-args exception)))
        ((exception? exception)
         (condition->problem exception))
        (else
         (problem "failed"
                  (sentence (format #f "It raised ~s" exception))))))

(define exception-with-kind-and-args?
  (exception-predicate &exception-with-kind-and-args))

(define (needs-daemon exception)
  (problem "needs-daemon"
           "While it is being evaluated, it asks for Guix's build daemon."
           #:details
           `(("socket" . ,(object->text
                           (store-connection-error-file exception))))))

(define (quit-problem exception diagnostics)
  "Return the problem of a file that exits, as Guix itself does on errors."
  (match (diagnostics->lines diagnostics 'error)
    (()
     (let ((status (match (exception-args exception)
                     (() 0)
                     ((#t . _) 0)
                     ((#f . _) 1)
                     (((? integer? status) . _) status)
                     (_ #f))))
       (problem "quit"
                (format #f "It ends the program~@[ with status ~a~] instead of \
giving packages." status)
                #:details `(("status" . ,status)))))
    ((messages ...)
     (or (any left->problem (reverse messages))
         (problem "failed" (sentence (string-join messages "; ")))))))

(define (thrown->problem key args)
  "Return the problem of an exception that Guile itself throws."
  (match (cons key args)
    (('read-error _ message arguments ...)
     (read-problem message arguments))
    (('syntax-error _ message properties form subform . _)
     (problem "syntax"
              (sentence (format #f "~a: ~a" (abridged (or subform form))
                                message))
              #:details (location->details
                         (source-properties->location properties))))
    (('unbound-variable "resolve-interface" _ (name module) . _)
     (problem "unbound-variable"
              (format #f "The module ~a has no ~a." module name)
              #:details `(("name" . ,(symbol->string name)))))
    (('unbound-variable _ _ (name) . _)
     (unbound-variable name))
    (('misc-error _ "no code for module ~S" (module) . _)
     (missing-module module))
    (_
     (problem "failed"
              (sentence
               (call-with-output-string
                 (lambda (port)
                   (print-exception port #f key args))))
              #:details `(("key" . ,(object->text key)))))))

(define (condition->problem condition)
  "Return the problem of one of Guix's own conditions, as Guix words it."
  (define text
    (call-with-output-string
      (lambda (port)
        (catch #t
          (lambda ()
            (parameterize ((guix-warning-port port)
                           (current-error-port (%make-void-port "w")))
              (call-with-error-handling
                (lambda ()
                  (raise-exception condition)))))
          (const #f)))))

  (problem "failed"
           (match (diagnostics->lines text 'error)
             (() (sentence (format #f "It raised ~s" condition)))
             (messages (sentence (string-join messages "; "))))
           #:hint (fix-hint condition)
           #:details (location->details (exception-location condition))))

(define (exception-location exception)
  (and (error-location? exception)
       (error-location exception)))

(define (fix-hint exception)
  "Return EXCEPTION's hint as plain text, or #f."
  (and (fix-hint? exception)
       (hint->text (condition-fix-hint exception))))

(define (hint->text hint)
  (let ((text (or (false-if-exception (texi->plain-text hint)) hint)))
    (string-join (string-tokenize text))))

(define %location-rx
  (make-regexp "^(.*):([0-9]+):([0-9]+): (.*)$"))

(define (read-problem message arguments)
  "Return the problem of text that is no Scheme.  Guile puts the place before
the message, with columns that start at 1."
  (let* ((found (regexp-exec %location-rx message))
         (text  (if found (match:substring found 4) message))
         (place (and found
                     (location (match:substring found 1)
                               (string->number (match:substring found 2))
                               (1- (string->number
                                    (match:substring found 3)))))))
    (if (and (string-contains text "unexpected end of input")
             (equal? '((#\))) (take arguments 1)))
        ;; The end of the file says little; left out, the place is where the
        ;; form begins that is not closed.
        (problem "syntax"
                 "A parenthesis that is opened here is not closed.")
        (problem "syntax"
                 (sentence (apply format #f text
                                  (match arguments
                                    (((? list? arguments) . _) arguments)
                                    (_ '()))))
                 #:details (location->details place)))))

(define (object->text object)
  (if (string? object)
      object
      (object->string object)))

(define (abridged form)
  "Return FORM as text, all of it only if it is short."
  (match form
    ((= object->string (? (lambda (text) (< (string-length text) 60)) text))
     text)
    ((head . _)
     (format #f "(~a …)" head))
    (_
     (string-append (string-take (object->string form) 60) "…"))))

(define %longest-sentence 500)

(define (sentence text)
  "Return TEXT on one line, with a full stop, and cut if it is very long."
  (let ((text (string-join (string-tokenize text))))
    (cond ((> (string-length text) %longest-sentence)
           (string-append (string-take text %longest-sentence) "…"))
          ((or (string-null? text)
               (string-any (char-set #\. #\! #\?) (string-take-right text 1)))
           text)
          (else
           (string-append text ".")))))
