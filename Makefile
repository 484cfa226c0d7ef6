# The same words as `python3 dev.py WORD`, for those who have make.
.PHONY: dev lint test docs golden bench
dev lint test docs golden bench:
	python3 dev.py $@
