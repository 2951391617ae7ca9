;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; The protocol, through the script, in a process of its own.
;;;
;;; Code:

(define-module (tests questions)
  #:use-module (ice-9 match)
  #:use-module (ice-9 popen)
  #:use-module (ice-9 rdelim)
  #:use-module (json)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-26)
  #:use-module (srfi srfi-64)
  #:use-module (tests fixtures)
  #:export (questions-tests))

(define (ask lines)
  "Return the answers to LINES, as alists, and the script's exit status."
  (let* ((library (dirname (dirname (search-path %load-path
                                                 "binder-lite/questions.scm"))))
         (script  (string-append library "/binder-lite/serve-questions.scm")))
    (call-with-file "questions" (string-join lines "\n" 'suffix)
      (lambda (file)
        (let* ((pipe    (with-input-from-file file
                          (lambda ()
                            (open-pipe* OPEN_READ "guix" "repl"
                                        "-L" library "--" script))))
               (answers (let loop ((answers '()))
                          (match (read-line pipe)
                            ((? eof-object?) (reverse answers))
                            ((? (cut string-index <> char-set:iso-control))
                             (error "control character in an answer"))
                            (line (loop (cons (json-string->scm line)
                                              answers)))))))
          (append answers (list (status:exit-val (close-pipe pipe)))))))))

(define (question id name . arguments)
  (scm->json-string `(("id" . ,id) ("question" . ,name) ,@arguments)))

(define (about answer)
  "Return the id of ANSWER and its error's code, or just the id."
  (match (assoc-ref answer "error")
    (#f    (assoc-ref answer "id"))
    (error (list (assoc-ref answer "id") (assoc-ref error "code")))))

(define (questions-tests)
  (call-with-file "manifest.scm" "\
;; All of this would spoil the answers if it could.
(display \"{\\\"id\\\": 1}\\n\")
(system \"echo '{}'; cat\")
(force-output (fdopen 1 \"w\"))
(read)
(close-port (current-output-port))
(chdir \"/\")
(specifications->manifest '(\"hello\"))"
    (lambda (file)
      (test-equal "one answer a question, whatever happens in between"
        '(1 2 (3 "failed") (4 "bad-question") (null "bad-question")
            (5 "bad-question") "x" 7 0)
        (match (ask (list (question 1 "versions")
                          (question 2 "describe" `("file" . ,file))
                          "{\"id\": 3, \"question\": \"describe\", \
\"file\": \"/no/such\\u0001file\"}"
                          (question 4 "no-such-question")
                          "no JSON"
                          (question 5 "lookup" '("names" . "hello"))
                          (question "x" "lookup" '("names" . #("hello")))
                          (question 7 "describe" `("file" . ,file)
                                    '("server" . (("lab" . #("hello")))))))
          ((answers ... status)
           (append (map about answers) (list status))))))))
