package org.patchbay.vhostuser.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Names sets of feature bits for people. */
final class FeatureNames {

  private FeatureNames() {}

  /**
   * The names of the features in a set of bits, and the bits of no feature as one number.
   *
   * @param features all that there are
   * @param mask tells a feature's bit
   */
  static <F extends Enum<F>> List<String> of(long bits, F[] features, ToLongFunction<F> mask) {
    List<String> names = new ArrayList<>();
    long unknown = bits;
    for (F feature : features) {
      long bit = mask.applyAsLong(feature);
      if ((bits & bit) != 0) {
        names.add(feature.name());
        unknown &= ~bit;
      }
    }
    if (unknown != 0) {
      names.add("0x" + Long.toHexString(unknown));
    }
    return names;
  }
}
