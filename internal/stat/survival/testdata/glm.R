# Fits a discrete-time hazard with R's glm: columns ended, period, x1, x2 of the CSV given.
d <- read.csv(commandArgs(TRUE)[1])
f <- glm(ended ~ 0 + factor(period) + x1 + x2, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
cat(sprintf("%.15g", c(coef(f), sqrt(diag(vcov(f))), logLik(f))), sep = "\n")
