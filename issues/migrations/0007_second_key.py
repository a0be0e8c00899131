"""A rating has tags, a case may follow another, and what cannot be solved says how it was explained."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('enterprises', '0005_fewer_indexes'),
        ('issues', '0006_watching'),
        ('liaison', '0002_ladder'),
        ('projects', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='issue',
            name='follows',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='issues.issue', verbose_name='接续'),
        ),
        migrations.AddField(
            model_name='issue',
            name='rating_tags',
            field=models.JSONField(blank=True, default=list, verbose_name='评价标签'),
        ),
        migrations.AddField(
            model_name='issue',
            name='resolution_told_on',
            field=models.DateField(blank=True, null=True, verbose_name='说明日期'),
        ),
        migrations.AddField(
            model_name='issue',
            name='resolution_told_way',
            field=models.CharField(blank=True, choices=[('visit', '上门说明'), ('phone', '电话'), ('letter', '书面送达'), ('portal', '企业端')], max_length=10, verbose_name='说明方式'),
        ),
        migrations.AlterField(
            model_name='issue',
            name='channel',
            field=models.CharField(choices=[('portal', '企业端'), ('visit', '走访'), ('hotline', '12345 热线'), ('phone', '电话'), ('fax', '传真'), ('mail', '邮箱信件'), ('monitoring', '监测点'), ('follow_up', '后续办理')], max_length=10, verbose_name='来源渠道'),
        ),
        migrations.AlterField(
            model_name='issue',
            name='closing',
            field=models.CharField(blank=True, choices=[('confirmed', '企业确认'), ('partly', '部分解决'), ('office', '专班代为确认'), ('unconfirmed', '逾期未确认'), ('declined', '不予受理')], max_length=12, verbose_name='销号方式'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(condition=models.Q(('follows__isnull', False)), fields=['follows'], name='issue_following'),
        ),
    ]
