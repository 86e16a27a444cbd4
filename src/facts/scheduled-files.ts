/** Files that cron runs or reads, as shell patterns; anacron runs the daily, weekly and monthly ones. */
export const SCHEDULED_FILES =
  '/etc/crontab /etc/anacrontab /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /var/spool/cron/* /var/spool/cron/crontabs/*';

/** Directories of them. */
export const SCHEDULED_DIRECTORIES =
  '/etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron /var/spool/cron/crontabs';
