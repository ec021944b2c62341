package org.patchbay.disconnectable;

/** Where sentences for operators go. Any thread but a worker; never blocks for long. */
interface OperatorLog {

  /** Something an operator may want to know. */
  void info(String sentence);

  /** Something failed, and an operator has to know. */
  void error(String sentence);
}
