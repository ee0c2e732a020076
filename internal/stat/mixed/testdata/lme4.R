# Fits every set of the CSV given (columns set, client, time, score, x, model) with lme4 and prints one CSV line per set.
# The optimiser is run to a tighter tolerance than lme4's default, whose estimates are good to about 1e-4 only.
suppressMessages(library(lme4))
all <- read.csv(commandArgs(TRUE)[1], colClasses = c(client = "character", model = "character"))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-11, maxfun = 1e5), calc.derivs = FALSE,
                     check.conv.singular = "ignore")
out <- function(...) cat(paste(sprintf("%.15g", c(...)), collapse = ","), "\n", sep = "")
for (s in unique(all$set)) {
  d <- all[all$set == s, ]
  m <- tolower(sub("model", "", d$model[1]))
  form <- paste("score ~ time", if (grepl("x", m)) "+ x", if (grepl("s", m)) "+ (time | client)" else "+ (1 | client)")
  f <- lmer(as.formula(form), d, REML = !grepl("m", m), control = tight)
  v <- VarCorr(f)$client
  slope <- grepl("s", m)
  first <- ranef(f)$client[as.character(d$client[1]), ]
  b <- fixef(f)
  se <- sqrt(diag(as.matrix(vcov(f))))
  out(s, if (isREML(f)) REMLcrit(f) else -2 * c(logLik(f)), v[1, 1], if (slope) v[2, 1] else 0, if (slope) v[2, 2] else 0,
      sigma(f)^2, AIC(f), BIC(f), first[[1]], if (slope) first[[2]] else 0,
      b[1], b[2], if (length(b) > 2) b[3] else 0, se[1], se[2], if (length(b) > 2) se[3] else 0, isSingular(f))
}
