package org.patchbay.disconnectable;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what operators would read. */
final class SilentLog implements OperatorLog {

  final List<String> infos = new CopyOnWriteArrayList<>();
  final List<String> errors = new CopyOnWriteArrayList<>();

  @Override
  public void info(String sentence) {
    infos.add(sentence);
  }

  @Override
  public void error(String sentence) {
    errors.add(sentence);
  }
}
