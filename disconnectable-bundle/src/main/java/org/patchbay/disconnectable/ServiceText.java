package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.ServiceReference;

/**
 * A copy of a service's properties in which nothing is a vendor's: texts, numbers and truth values,
 * alone or in lists, each bounded. Other values are left out, as to compare or print them would run
 * whatever code the vendor has given them.
 */
final class ServiceText {

  private static final int MOST_KEYS = 64;
  private static final int MOST_ELEMENTS = 32;
  private static final int MOST_TEXT = 256;

  private ServiceText() {}

  /** The copy; keys are compared without regard to case. */
  static Dictionary<String, Object> of(ServiceReference<?> reference) {
    Dictionary<String, Object> copy = new Hashtable<>();
    int keys = 0;
    for (String key : reference.getPropertyKeys()) {
      Object value = plain(reference.getProperty(key));
      if (value != null && key.length() <= MOST_TEXT) {
        copy.put(key, value);
        if (++keys == MOST_KEYS) {
          break;
        }
      }
    }
    return copy;
  }

  /** A value without anything of a vendor's, or null. */
  static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case String text -> text.length() <= MOST_TEXT ? text : null;
      case Boolean truth -> truth;
      case Character one -> one;
      case Number number -> number.getClass().getClassLoader() == null ? number : null;
      case Object[] many -> texts(List.of(many));
      case Collection<?> many -> many.getClass().getClassLoader() == null ? texts(many) : null;
      case null, default -> null;
    };
  }

  private static @Nullable List<String> texts(Collection<?> many) {
    if (many.size() > MOST_ELEMENTS) {
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (Object each : many) {
      if (each instanceof String text && text.length() <= MOST_TEXT) {
        texts.add(text);
      }
    }
    return List.copyOf(texts);
  }
}
