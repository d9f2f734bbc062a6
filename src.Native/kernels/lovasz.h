// Lovász-softmax (Berman et al. 2018) of one class: Σ e_k (J_k − J_{k−1}) over its errors in descending
// order.
#ifndef PAT_LOVASZ_H
#define PAT_LOVASZ_H

#include "problem.h"

namespace pat {

// The loss of class c times `share`; its errors in the field become the derivatives by p_c, 0 where share is
// 0. `size` is the number of pixels labelled c. Equal errors keep the order of their pixels.
double lovasz_class(const Planes& planes, const Labels& labels, const Field& field, int64_t c, double share,
                    int64_t size);

}  // namespace pat

#endif
