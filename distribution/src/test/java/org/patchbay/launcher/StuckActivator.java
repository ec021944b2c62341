package org.patchbay.launcher;

import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A bundle's activator that never comes back from its stop. */
public final class StuckActivator implements BundleActivator {
  @Override
  public void start(BundleContext context) {
    System.out.println("stuck bundle started");
  }

  @Override
  public void stop(BundleContext context) throws InterruptedException {
    new CountDownLatch(1).await();
  }
}
