// Planted faults, for the suite that shows that the tests can fail (docs/mutants.md).
//
// In a build with PAT_FAULTS, `PAT_FAULT("what is wrong", right, wrong)` is `wrong` while this fault is
// switched on, and `right` otherwise; in what ships it is `right` and nothing else.
#ifndef PAT_FAULT_H
#define PAT_FAULT_H

#ifdef PAT_FAULTS

namespace pat {

// A place in the sources that can be made wrong; all places are known once the library is loaded.
class Fault {
 public:
  explicit Fault(const char* what);
  bool on() const;

 private:
  int id_;
};

template <class Tag>
struct FaultAt {
  static const Fault fault;
};
template <class Tag>
const Fault FaultAt<Tag>::fault{Tag::what()};

}  // namespace pat

#define PAT_FAULT(description, right, wrong)            \
  (([] {                                                \
    struct Tag {                                        \
      static const char* what() { return description; } \
    };                                                  \
    return ::pat::FaultAt<Tag>::fault.on();             \
  }())                                                  \
       ? (wrong)                                        \
       : (right))

#else
#define PAT_FAULT(description, right, wrong) (right)
#endif

#endif
