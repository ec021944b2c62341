package org.patchbay.fault;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which frames a middleware disturbs, as the NIC sees them. */
enum Direction {
  BOTH("both"),
  SEND("send"),
  RECEIVE("receive");

  private final String text;

  Direction(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  static @Nullable Direction of(String text) {
    return Arrays.stream(values()).filter(each -> each.text.equals(text)).findFirst().orElse(null);
  }

  static String names() {
    return Arrays.stream(values()).map(Direction::text).collect(Collectors.joining(", "));
  }
}
