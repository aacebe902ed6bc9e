#include "tests/bench/bench.h"
int features_section(struct lab *lab, const struct options *opts, const char *table, int n){(void)lab;(void)opts;(void)table;(void)n;return 0;}
int report_write(const struct lab *lab, const struct options *opts, double s){(void)lab;(void)s;
for(int i=0;i<row_count();i++){struct row*r=row_at(i);printf("%s %s %s %s %s %s %.1f %.1f %.1f min %.1f ratio %.2f\n",r->section,r->table,r->what,r->family,r->variant,r->unit,r->value.median,r->value.q1,r->value.q3,r->value.least,r->ratio.median);}
char p[99];snprintf(p,99,"%s/ratios.csv",opts->dir);return rows_write_ratios(p);}
