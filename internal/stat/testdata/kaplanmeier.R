# Kaplan-Meier curves with R's survival: columns set, time, happened of the CSV given. One line per event time.
suppressMessages(library(survival))
all <- read.csv(commandArgs(TRUE)[1])
for (s in unique(all$set)) {
  f <- survfit(Surv(time, happened) ~ 1, all[all$set == s, ], conf.type = "log-log")
  keep <- f$n.event > 0
  lower <- ifelse(f$surv > 0, f$lower, 0)
  upper <- ifelse(f$surv > 0, f$upper, 0)
  se <- ifelse(f$surv > 0, f$std.err * f$surv, 0)
  cat(sprintf("%d,%.15g,%d,%d,%.15g,%.15g,%.15g,%.15g\n", s, f$time[keep], as.integer(f$n.risk[keep]), as.integer(f$n.event[keep]),
              f$surv[keep], se[keep], lower[keep], upper[keep]), sep = "")
}
